object ChatForm: TChatForm
  Left = 200
  Top = 120
  Caption = 'Pusher chat'
  ClientHeight = 400
  ClientWidth = 640
  OnCreate = FormCreate
  object TopPanel: TPanel
    Left = 0
    Top = 0
    Width = 640
    Height = 40
    Align = alTop
    BevelOuter = bvNone
    TabOrder = 0
    object KeyEdit: TEdit
      Left = 8
      Top = 8
      Width = 120
      Height = 23
      TextHint = 'Key'
      TabOrder = 0
    end
    object ClusterEdit: TEdit
      Left = 136
      Top = 8
      Width = 60
      Height = 23
      TextHint = 'Cluster'
      Text = 'eu'
      TabOrder = 1
    end
    object SecretEdit: TEdit
      Left = 204
      Top = 8
      Width = 120
      Height = 23
      TextHint = 'Secret'
      PasswordChar = '*'
      TabOrder = 2
    end
    object NickEdit: TEdit
      Left = 332
      Top = 8
      Width = 90
      Height = 23
      TextHint = 'Your name'
      TabOrder = 3
    end
    object RoomEdit: TEdit
      Left = 430
      Top = 8
      Width = 90
      Height = 23
      TextHint = 'Room'
      Text = 'lobby'
      TabOrder = 4
    end
    object EnterButton: TButton
      Left = 530
      Top = 8
      Width = 100
      Height = 23
      Caption = 'Enter'
      OnClick = EnterButtonClick
      TabOrder = 5
    end
  end
  object LinesMemo: TMemo
    Left = 0
    Top = 40
    Width = 480
    Height = 320
    Align = alClient
    ReadOnly = True
    ScrollBars = ssVertical
    TabOrder = 1
  end
  object MembersList: TListBox
    Left = 480
    Top = 40
    Width = 160
    Height = 320
    Align = alRight
    ItemHeight = 15
    TabOrder = 2
  end
  object BottomPanel: TPanel
    Left = 0
    Top = 360
    Width = 640
    Height = 40
    Align = alBottom
    BevelOuter = bvNone
    TabOrder = 3
    object SayEdit: TEdit
      Left = 8
      Top = 8
      Width = 512
      Height = 23
      TabOrder = 0
    end
    object SayButton: TButton
      Left = 530
      Top = 8
      Width = 100
      Height = 23
      Caption = 'Say'
      Default = True
      OnClick = SayButtonClick
      TabOrder = 1
    end
  end
end
