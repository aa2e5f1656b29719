// The window of the chat, for VCL and LCL: it shows what the room tells, on the main thread.
unit MainForm;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}

interface

uses
{$IFDEF FPC}
  Classes, SysUtils, Forms, Controls, StdCtrls, ExtCtrls,
{$ELSE}
  System.Classes, System.SysUtils, Vcl.Forms, Vcl.Controls, Vcl.StdCtrls, Vcl.ExtCtrls,
{$ENDIF}
  ChatRoom;

type
  TChatForm = class(TForm)
    TopPanel: TPanel;
    KeyEdit: TEdit;
    ClusterEdit: TEdit;
    SecretEdit: TEdit;
    NickEdit: TEdit;
    RoomEdit: TEdit;
    EnterButton: TButton;
    LinesMemo: TMemo;
    MembersList: TListBox;
    BottomPanel: TPanel;
    SayEdit: TEdit;
    SayButton: TButton;
    procedure FormCreate(Sender: TObject);
    procedure EnterButtonClick(Sender: TObject);
    procedure SayButtonClick(Sender: TObject);
  private
    FRoom: TChatRoom;
    procedure LineCame(Sender: TObject; const Line: string);
    procedure MembersChanged(Sender: TObject);
  end;

var
  ChatForm: TChatForm;

implementation

{$IFDEF FPC}{$R *.lfm}{$ELSE}{$R *.dfm}{$ENDIF}

procedure TChatForm.FormCreate(Sender: TObject);
begin
  // The form owns it; when it goes, so does the connection, and nothing is called any more
  FRoom := TChatRoom.Create(Self);
  FRoom.OnLine := LineCame;
  FRoom.OnMembers := MembersChanged;
end;

procedure TChatForm.EnterButtonClick(Sender: TObject);
begin
  FRoom.Leave; // options can be changed between Leave and Enter
  FRoom.Pusher.Key := KeyEdit.Text;
  FRoom.Pusher.Cluster := ClusterEdit.Text;
  FRoom.Pusher.Secret := SecretEdit.Text;
  FRoom.Enter(RoomEdit.Text, NickEdit.Text);
end;

procedure TChatForm.SayButtonClick(Sender: TObject);
begin
  FRoom.Say(SayEdit.Text);
  SayEdit.Clear;
end;

procedure TChatForm.LineCame(Sender: TObject; const Line: string);
begin
  LinesMemo.Lines.Add(Line);
end;

procedure TChatForm.MembersChanged(Sender: TObject);
begin
  FRoom.GetMembers(MembersList.Items);
end;

end.
